# Completion of PROGRAM for bash. Load it with: source <(PROGRAM completion bash)
_FUNCTION() {
	local candidate
	COMPREPLY=()
	while IFS= read -r candidate; do
		COMPREPLY+=("${candidate%%$'\t'*}")
	done < <("${1/#\~\//$HOME/}" complete bash -- "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
	if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/@,] ]]; then
		compopt -o nospace 2>/dev/null
	fi
}
complete -F _FUNCTION PROGRAM
