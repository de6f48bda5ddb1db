package demo

import (
	"net/http"
	"strconv"
)

// buildRoutes are about GitHub Actions.
var buildRoutes = map[string]answer{
	"GET /actions/workflows":                 (*request).workflows,
	"GET /actions/runs":                      (*request).listRuns,
	"GET /actions/workflows/{workflow}/runs": (*request).listRuns,
	"GET /actions/runs/{run}":                (*request).run,
	"GET /actions/runs/{run}/jobs":           (*request).jobs,
	"GET /actions/jobs/{job}":                (*request).job,
	"GET /actions/jobs/{job}/logs":           (*request).log,
}

func (r *request) workflows() (any, error) {
	return object{"total_count": 1, "workflows": []any{object{"id": 1, "name": "test", "path": ".github/workflows/test.yml", "state": "active"}}}, nil
}

func (r *request) listRuns() (any, error) {
	list := []any{}
	for _, run := range r.repo.runs {
		wanted := r.page.Get("status")
		if b := r.page.Get("branch"); b != "" && run["head_branch"] != b || wanted != "" && wanted != run["status"] && wanted != run["conclusion"] {
			continue
		}
		list = append(list, run)
	}
	return object{"total_count": len(list), "workflow_runs": list}, nil
}

func (r *request) run() (any, error) {
	for _, run := range r.repo.runs {
		if strconv.Itoa(run["id"].(int)) == r.PathValue("run") {
			return run, nil
		}
	}
	return nil, errNotFound
}

func (r *request) jobs() (any, error) {
	list := []any{}
	for _, check := range r.repo.checks {
		if strconv.Itoa(check["run_id"].(int)) == r.PathValue("run") {
			list = append(list, check)
		}
	}
	return object{"total_count": len(list), "jobs": list}, nil
}

func (r *request) job() (any, error) {
	for _, check := range r.repo.checks {
		if strconv.Itoa(check["id"].(int)) == r.PathValue("job") {
			return check, nil
		}
	}
	return nil, errNotFound
}

// log says where a log is, as GitHub does: elsewhere.
func (r *request) log() (any, error) {
	if _, err := r.job(); err != nil {
		return nil, err
	}
	return redirect(r.hub.url + "/logs/" + r.PathValue("job")), nil
}

// redirect is an answer that is an address.
type redirect string

func serveLog(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(jobLog)
}

func (r *request) checkRuns() (any, error) {
	c, err := r.repo.resolve(r.PathValue("ref"))
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, check := range r.repo.checks {
		if check["head_sha"] == c.sha {
			list = append(list, check)
		}
	}
	return object{"total_count": len(list), "check_runs": list}, nil
}

func (r *request) combined() (any, error) {
	c, err := r.repo.resolve(r.PathValue("ref"))
	if err != nil {
		return nil, err
	}
	return object{"state": "pending", "sha": c.sha, "total_count": 0, "statuses": []any{}}, nil
}
