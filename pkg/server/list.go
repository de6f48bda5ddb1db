package server

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// ListFunc returns one page of the resources that follow the place after, which
// is what it returned as next for the page before, and "" at the beginning. An
// empty next ends the list. The order must not depend on who asks, and a place
// stays good when what was there is gone.
type ListFunc func(ctx context.Context, after string) (page []*mcp.Resource, next string, err error)

// ListResources makes list answer resources/list, behind the resources with
// fixed URIs, for those of templates that are too many to be registered. What a
// client holds as a cursor is the place, sealed: list never sees one that it did
// not return. The options say what listing needs, and how long and for whom a
// page may be kept.
func (r *Registry) ListResources(list ListFunc, opts ...Option) {
	r.addRule("list", methodListResources, "resources", opts)
	r.list = list
}

// pagePurpose seals places in the list of resources.
const pagePurpose = "resources/list"

// listed answers resources/list from the service, behind what the SDK has of it.
func (s *Server) listed(next mcp.MethodHandler) mcp.MethodHandler {
	if s.reg.list == nil {
		return next
	}
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		list, ok := req.(*mcp.ListResourcesRequest)
		if !ok {
			return next(ctx, method, req)
		}
		cursor, after := "", ""
		if list.Params != nil {
			cursor = list.Params.Cursor
		}
		res := &mcp.ListResourcesResult{Resources: []*mcp.Resource{}}
		if place, err := s.keys.Open(pagePurpose, cursor); err == nil {
			after = string(place)
		} else {
			// At the beginning, or between two pages of those with fixed URIs.
			first, err := next(ctx, method, req)
			if err != nil && cursor != "" {
				return nil, invalidParams("the cursor is not one of this list; begin again without one")
			} else if err != nil {
				return nil, err
			}
			res = first.(*mcp.ListResourcesResult)
		}
		if res.NextCursor == "" {
			page, place, err := s.reg.list(ctx, after)
			if err != nil {
				return nil, err
			}
			res.Resources = append(res.Resources, page...)
			if place != "" {
				res.NextCursor = s.keys.Seal(pagePurpose, []byte(place))
			}
		}
		u := s.reg.rules[methodListResources]
		res.TTLMs, res.CacheScope = int(u.ttl.Milliseconds()), "public"
		if u.private {
			res.CacheScope = "private"
		}
		return res, nil
	}
}
