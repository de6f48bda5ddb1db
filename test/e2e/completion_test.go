//go:build e2e

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The shells are asked as their users ask them. Each script gets command lines as
// its arguments, and prints what the shell proposes for each on a line.
const (
	// askBash calls the function that complete -F names, with what bash gives it,
	// and keeps what bash would: what begins with the word after the last break.
	askBash = `source <(mcp-calculator completion bash)
for line; do
	COMP_LINE=$line COMP_POINT=${#line} COMPREPLY=()
	spec=($(complete -p mcp-calculator))
	"${spec[2]}" mcp-calculator
	printf '%s ' "${COMPREPLY[@]}"
	echo
done`
	askFish = `mcp-calculator completion fish | source
for line in $argv
	echo (complete -C "$line" | string split -f 1 \t)
end`
	// askZsh reads what a completion widget was given to propose: zsh completes for
	// a person at a terminal only, which zpty is.
	askZsh = `zmodload zsh/zpty
zpty shell "ZDOTDIR=/nonexistent TERM=dumb zsh -f -i"
zpty -w shell 'PS1= PROMPT= RPROMPT=; unsetopt zle_bracketed_paste 2>/dev/null; autoload -U compinit; compinit -D -u; source <(mcp-calculator completion zsh)'
zpty -w shell 'propose() {
	compadd() { local -a kept; builtin compadd -O kept "$@"; print -rn -- "${kept[*]} " >>$PROPOSED; builtin compadd "$@" }
	_main_complete; unfunction compadd; print >>$PROPOSED }
zle -C propose complete-word propose; bindkey "^I" propose; setopt no_list_beep'
zpty -w shell 'print re''ady'
zpty -r shell seen '*ready*'
for line; do
	before=$(wc -l <$PROPOSED)
	zpty -n -w shell "$line"$'\t'
	until (( $(wc -l <$PROPOSED) > before )); do zselect -t 5; done
	zpty -n -w shell $'\x15'
done
cat $PROPOSED`
)

func TestShellsComplete(t *testing.T) {
	home := t.TempDir()
	type question struct {
		line string
		want []string
		bash string // of the one candidate, where bash sees less of the word
	}
	questions := []question{
		{line: "mcp-calculator doc", want: []string{"doctor"}},
		{line: "mcp-calculator call calculate_", want: []string{"calculate_many"}},
		{line: "mcp-calculator call calculate express", want: []string{"expression="}},
		{line: "mcp-calculator call calculate angle=r", want: []string{"angle=rad"}, bash: "rad"},
		{line: "mcp-calculator --log-format t", want: []string{"text"}},
		{line: "mcp-calculator call --token", want: []string{"--token-file"}},
		{line: "mcp-calculator config curs", want: []string{"cursor"}},
		{line: "mcp-calculator completion ", want: []string{"bash", "fish", "zsh"}},
	}
	var lines []string
	for _, q := range questions {
		lines = append(lines, q.line)
	}
	for shell, argv := range map[string][]string{
		"bash": {"bash", "--norc", "-c", askBash, "bash"},
		"fish": {"fish", "--no-config", "-c", askFish},
		"zsh":  {"zsh", "-f", "-c", "zmodload zsh/zselect; " + askZsh, "zsh"},
	} {
		t.Run(shell, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			proposed := filepath.Join(t.TempDir(), "proposed")
			if err := os.WriteFile(proposed, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(ctx, argv[0], append(argv[1:], lines...)...)
			cmd.Dir = home
			cmd.Env = []string{"PATH=" + filepath.Dir(calculator) + ":" + os.Getenv("PATH"), "HOME=" + home, "LANG=C.UTF-8", "TERM=dumb", "PROPOSED=" + proposed}
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			answers := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
			if len(answers) != len(questions) {
				t.Fatalf("%d answers to %d questions:\n%s", len(answers), len(questions), out)
			}
			for i, q := range questions {
				want := q.want
				if shell == "bash" && q.bash != "" {
					want = []string{q.bash}
				}
				if got := slices.Sorted(strings.FieldsSeq(answers[i])); !slices.Equal(got, want) {
					t.Errorf("%s: %q, want %q", q.line, got, want)
				}
			}
		})
	}
}
