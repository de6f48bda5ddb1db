package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

// tool is what a service says of a tool.
type tool struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Arguments   []struct {
		Name     string `json:"name"`
		Required bool   `json:"required"`
	} `json:"arguments"`
	Scopes []string `json:"scopes"`
	Writes bool     `json:"writes"`
}

// flagInfo is what a service says of a flag.
type flagInfo struct {
	Name    string   `json:"name"`
	Env     []string `json:"env"`
	Default string   `json:"default"`
	Help    string   `json:"help"`
	Service bool     `json:"service"`
}

// summary is a row of the table of services.
type summary struct {
	fleet.Service
	sentence string
	tools    []tool
}

func serviceTable(rows []summary) string {
	var b strings.Builder
	b.WriteString("| service | what it is | tools | local port |\n|---|---|---|--:|\n")
	for _, r := range rows {
		var names []string
		for _, t := range r.tools {
			names = append(names, code(t.Name))
		}
		fmt.Fprintf(&b, "| [%s](services/%s) | %s | %s | %d |\n", r.Name, r.Name, cell(r.sentence), strings.Join(names, " "), r.Port)
	}
	return b.String()
}

func toolTable(tools []tool) string {
	var b strings.Builder
	b.WriteString("| tool | what it does | arguments | scope |\n|---|---|---|---|\n")
	for _, t := range tools {
		var args []string
		for _, a := range t.Arguments {
			if a.Required {
				args = append(args, "**"+code(a.Name)+"**")
			} else {
				args = append(args, code(a.Name))
			}
		}
		does := sentence(t.Description)
		if t.Writes {
			does = strings.TrimSuffix(does, ".") + ". Writes."
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", code(t.Name), cell(does), strings.Join(args, " "), code(strings.Join(t.Scopes, " ")))
	}
	b.WriteString("\nArguments in bold are required.\n")
	return b.String()
}

// flagTable lists the service's own flags before those of every service.
func flagTable(flags []flagInfo) string {
	var own, shared strings.Builder
	for _, f := range flags {
		b := &shared
		if f.Service {
			b = &own
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", code("--"+f.Name), code(strings.Join(f.Env, " ")), code(f.Default), cell(f.Help))
	}
	const head = "| flag | environment | default | meaning |\n|---|---|---|---|\n"
	if own.Len() == 0 {
		return head + shared.String()
	}
	return "Its own:\n\n" + head + own.String() + "\nOf every service:\n\n" + head + shared.String()
}

// code formats s as code, and as nothing if it is empty.
func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + cell(s) + "`"
}

// cell makes s fit into one cell of a table.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
}

// firstSentence returns the first sentence below the title of a README.
func firstSentence(readme string) (string, error) {
	title, text, _ := strings.Cut(readme, "\n")
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(title, "# ") || text == "" || text[0] == '#' || text[0] == '<' {
		return "", errors.New("it should begin with a title and a sentence that says what the service is")
	}
	return sentence(text), nil
}

// sentence returns the first sentence of a paragraph, as one line.
func sentence(text string) string {
	para, _, _ := strings.Cut(strings.TrimSpace(text), "\n\n")
	para = strings.Join(strings.Fields(para), " ")
	if s, _, more := strings.Cut(para, ". "); more {
		return s + "."
	}
	return para
}
