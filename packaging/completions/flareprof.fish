# Completes flareprof for fish.

# Directories, and files whose name matches. Fish's own completion of files knows what ~, $HOME and
# backslashes are; it is that of a command without a name.
function __flareprof_files -a ending
    set -l token (commandline -ct | string replace -r -- '^--[a-z-]+=' '')
    complete -C "'' $token" | string replace -r '\t.*' '' | string match -r ".*(?:/|$ending)\$"
end

complete -c flareprof -f -a '(__flareprof_files "\\.(?:zip|tar|tar\\.gz|tgz|tar\\.zst)")' -d flare
complete -c flareprof -s o -l output -x -a '(__flareprof_files "\\.md")' -d 'report file, - for standard output'
complete -c flareprof -l json -x -a '(__flareprof_files "\\.jsonl?")' -d 'also write the model as JSON'
complete -c flareprof -l html -x -a '(__flareprof_files "\\.html")' -d 'also write one self-contained HTML file'
complete -c flareprof -s n -l top -x -d 'rows a table shows'
complete -c flareprof -s j -l jobs -x -d 'pprof programs at a time'
complete -c flareprof -l leak-threshold -x -a '1MB 2MB 5MB 10MB 20MB' -d 'net heap growth in 30 s'
complete -c flareprof -l cpu-threshold -x -a '20% 30% 50% 80%' -d 'share of one function in the CPU time'
complete -c flareprof -l contention-threshold -x -a '500ms 1s 5s' -d 'cumulative delay in locks'
complete -c flareprof -l go -x -a '(__flareprof_files)' -d 'the go command to use'
complete -c flareprof -l timeout -x -d 'for one pprof run'
complete -c flareprof -l memory -x -d 'for all pprof programs at a time'
complete -c flareprof -l max-file -x -d 'one file of a flare, when unpacked'
complete -c flareprof -l max-flare -x -d 'all that is unpacked of an archive'
complete -c flareprof -l max-entries -x -d 'entries of an archive'
complete -c flareprof -l max-ratio -x -d 'unpacked bytes to packed ones'
complete -c flareprof -l templates -x -a '(__flareprof_files /)' -d 'use these templates'
complete -c flareprof -l components -x -a '(__flareprof_files "\\.json")' -d 'who owns which functions'
complete -c flareprof -l customer -x -d 'fill in the customer message'
complete -c flareprof -l ticket -x -d 'fill in the escalation'
complete -c flareprof -l exit-code -d 'exit with 4 when the verdict is not Normal'
complete -c flareprof -l color -x -a 'always never auto' -d 'colour the summary'
complete -c flareprof -s q -l quiet -d 'print nothing but errors'
complete -c flareprof -s v -l verbose -d 'tell what is used and what it took'
complete -c flareprof -s h -l help -d 'print the options'
complete -c flareprof -s V -l version -d 'print the version'
