# Completion of PROGRAM for fish. Load it with: PROGRAM completion fish | source
function __FUNCTION
	set -l program (commandline -opc)[1]
	set -l line (commandline -cp | string collect)
	eval (string escape -- $program | string replace -r '^\\\\~' '~') complete fish -- (string escape -- $line) 2>/dev/null
end
complete -c PROGRAM -f -k -a '(__FUNCTION)'
