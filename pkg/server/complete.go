package server

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// maxCompletions is what the protocol allows in one answer.
const maxCompletions = 100

// CompleteFunc proposes values for an argument that begin with prefix, best
// first. resolved holds the arguments that the client has already settled. A
// client takes at most 100 values: of more it gets the first, and hears that
// there are others, so that a function may stop looking at 101.
type CompleteFunc func(ctx context.Context, prefix string, resolved map[string]string) ([]string, error)

type completionKey struct{ kind, name, argument string }

// CompletePrompt makes an argument of a prompt complete. The prompt must be
// registered before.
func (r *Registry) CompletePrompt(name, argument string, fn CompleteFunc) {
	r.addCompletion("ref/prompt", name, argument, fn)
}

// CompleteTemplate makes a variable of a resource template complete. The
// template must be registered before.
func (r *Registry) CompleteTemplate(uriTemplate, variable string, fn CompleteFunc) {
	r.addCompletion("ref/resource", uriTemplate, variable, fn)
}

func (r *Registry) addCompletion(kind, name, argument string, fn CompleteFunc) {
	if r.rules[name] == nil {
		panic("completion for " + name + ", which is not registered")
	}
	r.completions[completionKey{kind, name, argument}] = fn
}

func (r *Registry) complete(ctx context.Context, req *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
	ref, res := req.Params.Ref, &mcp.CompleteResult{}
	res.Completion.Values = []string{}
	name := ref.Name
	if ref.Type == "ref/resource" {
		name = ref.URI
	}
	fn := r.completions[completionKey{ref.Type, name, req.Params.Argument.Name}]
	if fn == nil {
		if r.rules[name] == nil {
			return nil, invalidParams("nothing is registered as %q", name)
		}
		return res, nil
	}
	var resolved map[string]string
	if req.Params.Context != nil {
		resolved = req.Params.Context.Arguments
	}
	values, err := fn(ctx, req.Params.Argument.Value, resolved)
	if err != nil {
		return nil, err
	}
	if len(values) > maxCompletions {
		values, res.Completion.HasMore = values[:maxCompletions], true
	} else {
		res.Completion.Total = len(values)
	}
	res.Completion.Values = append(res.Completion.Values, values...)
	return res, nil
}
