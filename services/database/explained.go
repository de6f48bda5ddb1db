package database

import (
	"context"
	"encoding/json"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// explained returns what explain_query says of a query instead of its rows.
func (s *Service) explained(ctx context.Context, in executeInput) (executeOutput, error) {
	about, err := s.explainQuery(ctx, explainInput{
		Query: in.Query, Params: in.Params, Database: in.Database, TimeoutMS: int(in.timeout().Milliseconds()), Format: "text",
	})
	if err != nil {
		return executeOutput{}, err
	}
	plan, err := json.Marshal(about)
	if err != nil {
		return executeOutput{}, toolerr.Wrap(err, toolerr.Internal, "the plan cannot be written")
	}
	return executeOutput{result: result{Columns: []resultColumn{}}, Plan: plan}, nil
}
