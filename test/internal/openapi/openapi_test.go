package openapi

import (
	"net/http/httptest"
	"strings"
	"testing"
)

const description = `{"openapi":"3.0.3","paths":{
	"/repos/{owner}/releases/latest":{"get":{"operationId":"latest","parameters":[{"$ref":"#/components/parameters/owner"}],"responses":{"200":{"content":{"application/json":{"examples":{"another":{"value":{"id":2}},"default":{"value":{"$ref":"#/components/examples/one"}}}}}}}}},
	"/repos/{owner}/releases/{from}...{to}":{"get":{"operationId":"between"}},
	"/repos/{owner}/releases/{id}":{"get":{"operationId":"release","parameters":[{"$ref":"#/components/parameters/owner"},{"name":"id","in":"path","schema":{"type":"integer"}}],"responses":{"302":{}}}},
	"/repos/{owner}/contents/{path}":{"get":{"operationId":"contents","parameters":[{"$ref":"#/components/parameters/owner"},{"name":"path","in":"path","x-multi-segment":true,"schema":{"type":"string"}},{"name":"per_page","in":"query","schema":{"type":"integer"}},{"name":"state","in":"query","required":true,"schema":{"type":"string","enum":["open","closed"]}}],"responses":{}}},
	"/repos/{owner}/issues":{"post":{"operationId":"create","parameters":[{"$ref":"#/components/parameters/owner"}],"requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["title"],"properties":{"title":{"oneOf":[{"type":"string"},{"type":"integer"}]},"body":{"type":"string","nullable":true},"by":{"$ref":"#/components/schemas/user"}},"anyOf":[{"required":["title"]},{"properties":{"other":{"type":"string"}}}]}}}},"responses":{"201":{"content":{"application/json":{}}}}}}
},"components":{"parameters":{"owner":{"name":"owner","in":"path","required":true,"schema":{"type":"string"}}},
	"examples":{"one":{"value":{"id":1}}},
	"schemas":{"user":{"allOf":[{"$ref":"#/components/schemas/named"},{"type":"object","properties":{"age":{"type":"integer"}}}]},"named":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"friend":{"$ref":"#/components/schemas/user"}}}}}}`

func TestCheck(t *testing.T) {
	d, err := parse([]byte(description))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ method, target, body, operation, problem string }{
		{"GET", "/repos/a/releases/latest", "", "latest", ""},
		{"GET", "/repos/a/releases/12", "", "release", ""},
		{"GET", "/repos/a/releases/twelve", "", "release", "is no integer"},
		{"GET", "/repos//releases/latest", "", "latest", "{owner} of the path is empty"},
		{"GET", "/repos/a/releases", "", "", ""},
		{"DELETE", "/repos/a/releases/latest", "", "", ""},
		{"GET", "/repos/a/contents/b/c%20d?state=open&per_page=100", "", "contents", ""},
		{"GET", "/repos/a/contents/?state=open", "", "contents", ""},
		{"GET", "/repos/a/contents/b/%2e%2e/c?state=open", "", "contents", `is "b/../c"`},
		{"GET", "/repos/a/contents/b?state=open&per_page=101", "", "contents", "more than a page"},
		{"GET", "/repos/a/contents/b?state=half", "", "contents", "enum"},
		{"GET", "/repos/a/contents/b?state=open&state=closed", "", "contents", "2 times"},
		{"GET", "/repos/a/contents/b", "", "contents", "lacks state"},
		{"GET", "/repos/a/contents/b?state=open&page=1", "", "contents", "has page"},
		{"GET", "/repos/a/contents/b?state=open", "{}", "contents", "does not take"},
		{"POST", "/repos/a/issues", `{"title":"x","body":null}`, "create", ""},
		{"POST", "/repos/a/issues", `{"title":1,"other":"x"}`, "create", ""},
		{"POST", "/repos/a/issues", `{"title":"x","by":{"name":"y","age":3,"friend":{"name":"z"}}}`, "create", ""},
		{"POST", "/repos/a/issues", `{"title":"x","by":{"name":"y","size":3}}`, "create", "size"},
		{"POST", "/repos/a/issues", `{"title":"x","titel":"x"}`, "create", "titel"},
		{"POST", "/repos/a/issues", `{"body":"x"}`, "create", "title"},
		{"POST", "/repos/a/issues", ``, "create", "no body"},
	} {
		r := httptest.NewRequest(test.method, test.target, strings.NewReader(test.body))
		r.Header.Set("Content-Type", "application/json")
		o, path := d.Find(r.Method, r.URL.EscapedPath())
		if o == nil {
			if test.operation != "" {
				t.Errorf("%s %s is no operation", test.method, test.target)
			}
			continue
		}
		problem := strings.Join(o.Check(r, path, []byte(test.body)), "; ")
		if o.ID != test.operation || (problem == "") != (test.problem == "") || !strings.Contains(problem, test.problem) {
			t.Errorf("%s %s %s: %s, %q; want %s, %q", test.method, test.target, test.body, o.ID, problem, test.operation, test.problem)
		}
	}
}

func TestExample(t *testing.T) {
	d, err := parse([]byte(description))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path   string
		status int
		body   string
	}{{"/repos/a/releases/latest", 200, `{"id":1}`}, {"/repos/a/releases/1", 302, ""}} {
		o, _ := d.Find("GET", test.path)
		got, err := o.Example("")
		if err != nil || got.Status != test.status || string(got.Body) != test.body {
			t.Errorf("%s: %+v, %v", test.path, got, err)
		}
	}
	o, _ := d.Find("POST", "/repos/a/issues")
	if got, err := o.Example(""); err == nil {
		t.Errorf("no example: %+v", got)
	}
}
