"""Runs a command on a terminal of its own, and prints what it printed there: terminal.py COLUMNS COMMAND..."""
import fcntl
import os
import pty
import struct
import sys
import termios

columns, command = int(sys.argv[1]), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    # It begins when its terminal has its size.
    os.read(0, 1)
    os.execvp(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
attributes = termios.tcgetattr(terminal)
attributes[3] &= ~termios.ECHO
termios.tcsetattr(terminal, termios.TCSANOW, attributes)
os.write(terminal, b"\n")
printed = b""
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:  # Linux: the other end is closed
        break
    if not data:
        break
    printed += data
sys.stdout.buffer.write(printed.replace(b"\r\n", b"\n"))
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) & 0xff)
