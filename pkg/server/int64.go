package server

import "github.com/mcpfleet/mcpfleet/pkg/server/internal/args"

// Int64 is an integer in a tool's arguments or result that may exceed 2^53,
// above which JSON numbers lose digits in most clients. It travels as a decimal
// string; as an argument an exact JSON number is accepted too.
type Int64 = args.Int64
