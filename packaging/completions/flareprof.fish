# Completes flareprof for fish.

function __flareprof_flares
    set -l token (commandline -ct)
    for name in $token*
        test -d $name; and echo $name/
    end
    for name in $token*.{zip,tar,tar.gz,tgz,tar.zst}
        echo $name
    end
end

complete -c flareprof -f -a '(__flareprof_flares)' -d flare
complete -c flareprof -s o -l output -r -F -d 'report file, - for standard output'
complete -c flareprof -l json -r -F -d 'also write the model as JSON'
complete -c flareprof -l html -r -F -d 'also write one self-contained HTML file'
complete -c flareprof -s n -l top -x -d 'rows a table shows'
complete -c flareprof -s j -l jobs -x -d 'pprof programs at a time'
complete -c flareprof -l leak-threshold -x -a '1MB 2MB 5MB 10MB 20MB' -d 'net heap growth in 30 s'
complete -c flareprof -l cpu-threshold -x -a '20% 30% 50% 80%' -d 'share of one function in the CPU time'
complete -c flareprof -l contention-threshold -x -a '500ms 1s 5s' -d 'cumulative delay in locks'
complete -c flareprof -l go -r -F -d 'the go command to use'
complete -c flareprof -l timeout -x -d 'for one pprof run'
complete -c flareprof -l memory -x -d 'for all pprof programs at a time'
complete -c flareprof -l max-file -x -d 'one file of a flare, when unpacked'
complete -c flareprof -l max-flare -x -d 'all that is unpacked of an archive'
complete -c flareprof -l max-entries -x -d 'entries of an archive'
complete -c flareprof -l max-ratio -x -d 'unpacked bytes to packed ones'
complete -c flareprof -l templates -x -a '(__fish_complete_directories)' -d 'use these templates'
complete -c flareprof -l components -r -F -d 'who owns which functions'
complete -c flareprof -l customer -x -d 'fill in the customer message'
complete -c flareprof -l ticket -x -d 'fill in the escalation'
complete -c flareprof -l exit-code -d 'exit with 4 when the verdict is not Normal'
complete -c flareprof -l color -x -a 'always never auto' -d 'colour the summary'
complete -c flareprof -s q -l quiet -d 'print nothing but errors'
complete -c flareprof -s v -l verbose -d 'tell what is used and what it took'
complete -c flareprof -s h -l help -d 'print the options'
complete -c flareprof -s V -l version -d 'print the version'
