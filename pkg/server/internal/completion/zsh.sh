#compdef PROGRAM
# Completion of PROGRAM for zsh. Load it with: source <(PROGRAM completion zsh)
# or keep it as _PROGRAM in a directory of $fpath.
_FUNCTION() {
	local candidate about
	local -a done done_shown open open_shown
	while IFS=$'\t' read -r candidate about; do
		if [[ $candidate == *[=/@,] ]]; then
			open+=("$candidate")
			open_shown+=("$candidate${about:+  -- $about}")
		else
			done+=("$candidate")
			done_shown+=("$candidate${about:+  -- $about}")
		fi
	done < <(${~words[1]} complete zsh -- "${(j: :)words[1,CURRENT-1]} $QIPREFIX$PREFIX" 2>/dev/null)
	(( $#open )) && compadd -Q -S '' -l -d open_shown -a open
	(( $#done )) && compadd -Q -l -d done_shown -a done
	(( $#open + $#done ))
}
if [[ ${funcstack[1]} == _FUNCTION || ${funcstack[1]} == _PROGRAM ]]; then
	_FUNCTION "$@"
elif (( $+functions[compdef] )); then
	compdef _FUNCTION PROGRAM
else
	print -u2 'PROGRAM: run "autoload -U compinit; compinit" before this script'
fi
