package github

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/recent"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

const (
	// completionLife is how long a list serves what is typed, letter by letter.
	completionLife  = time.Minute
	completionBytes = 4 << 20
	// completionPage is what is asked of GitHub at once. What is not in it, people
	// type.
	completionPage = 100
)

// firstPage is all that is asked for a completion.
func firstPage() github.ListOptions { return github.ListOptions{PerPage: completionPage} }

// recently returns the list that ask makes, or one that the same credential was
// given a short time ago. A completion has no use for an error: what GitHub refuses
// is not asked for again with the next letter.
func (s *Service) recently(ctx context.Context, key string, ask func() ([]string, error)) []string {
	key = upstream.CredentialFrom(ctx).ID() + " " + key
	if words, ok := s.recent.Get(key); ok {
		return words
	}
	words, err := ask()
	if err != nil {
		if ctx.Err() != nil || toolerr.From(s.shown(err, "%s", key)).Retryable {
			return nil
		}
		words = nil
	}
	s.recent.Put(key, words)
	return words
}

// texts are the parts of items that propose themselves.
func texts[T any](items []T, text func(T) string) []string {
	all := make([]string, 0, len(items))
	for _, i := range items {
		if t := text(i); t != "" {
			all = append(all, t)
		}
	}
	return all
}

// login returns whose credential the context has, "" if that is not to be had. An
// installation is nobody's.
func (s *Service) login(ctx context.Context) string {
	if upstream.CredentialFrom(ctx).ID() == "" || granted(ctx).installation != 0 {
		return ""
	}
	words := s.recently(ctx, "login", func() ([]string, error) {
		u, _, err := s.api.Users.Get(ctx, "")
		return []string{u.GetLogin()}, err
	})
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// owners are the user of the credential and their organizations, and whom
// --allow-repos names.
func (s *Service) owners(ctx context.Context) []string {
	var all []string
	for _, pattern := range s.access.allow {
		if owner, _, _ := strings.Cut(pattern, "/"); ownerRule.MatchString(owner) {
			all = append(all, owner)
		}
	}
	if me := s.login(ctx); me != "" {
		all = append(all, me)
		all = append(all, s.recently(ctx, "orgs", func() ([]string, error) {
			opts := firstPage()
			orgs, _, err := s.api.Organizations.List(ctx, "", &opts)
			return texts(orgs, (*github.Organization).GetLogin), err
		})...)
	}
	seen := make(map[string]bool)
	return slices.DeleteFunc(all, func(owner string) bool {
		again := seen[strings.ToLower(owner)] || !s.access.allow.reaches(owner)
		seen[strings.ToLower(owner)] = true
		return again
	})
}

func (s *Service) completeOwner(ctx context.Context, typed string, _ map[string]string) ([]string, error) {
	ctx, err := s.of(ctx, "")
	if err != nil {
		return nil, nil
	}
	return recent.Matching(typed, s.owners(ctx)), nil
}

// repoNames are the names of an owner's repositories, those of the last push
// first.
func (s *Service) repoNames(ctx context.Context, owner string) []string {
	if checkOwner(owner) != nil || !s.access.allow.reaches(owner) {
		return nil
	}
	ctx, err := s.of(ctx, owner)
	if err != nil {
		return nil
	}
	return s.recently(ctx, "repos "+strings.ToLower(owner), func() ([]string, error) {
		in := listReposInput{Owner: owner, Type: "all", Sort: "pushed"}
		list, _, _, err := s.reposOf(ctx, in, reposPlace{place: place{Page: 1, Size: completionPage}})
		return texts(list, func(r *github.Repository) string {
			if !s.access.allow.permitsName(r.GetFullName()) {
				return ""
			}
			return r.GetName()
		}), err
	})
}

func (s *Service) completeRepo(ctx context.Context, typed string, resolved map[string]string) ([]string, error) {
	return recent.Matching(typed, s.repoNames(ctx, resolved["owner"])), nil
}

// completeRepos completes the last of several repositories that are separated by
// commas, as owner/ and then as owner/repo.
func (s *Service) completeRepos(ctx context.Context, typed string, _ map[string]string) ([]string, error) {
	last := strings.TrimLeft(typed[strings.LastIndexByte(typed, ',')+1:], " ")
	before := typed[:len(typed)-len(last)]
	owner, name, hasOwner := strings.Cut(last, "/")
	var list []string
	if hasOwner {
		before += owner + "/"
		list = recent.Matching(name, s.repoNames(ctx, owner))
	} else {
		owners, err := s.completeOwner(ctx, last, nil)
		if err != nil {
			return nil, err
		}
		for _, o := range owners {
			list = append(list, o+"/")
		}
	}
	for i := range list {
		list[i] = before + list[i]
	}
	return list, nil
}

// propose completes what the repository that was settled before has: ask lists
// it, and what names the list.
func (s *Service) propose(ctx context.Context, typed string, resolved map[string]string, what string, ask func(context.Context, repository) ([]string, error)) ([]string, error) {
	r := repository{resolved["owner"], resolved["repo"]}
	ctx, err := s.in(ctx, r)
	if err != nil {
		return nil, nil
	}
	words := s.recently(ctx, what+" "+strings.ToLower(r.String()), func() ([]string, error) { return ask(ctx, r) })
	return recent.Matching(typed, words), nil
}

// completeNumber completes the number of an open issue or pull request.
func (s *Service) completeNumber(ctx context.Context, typed string, resolved map[string]string) ([]string, error) {
	return s.openNumbers(ctx, typed, resolved, "numbers", func(*github.Issue) bool { return true })
}

// completeIssue completes the number of an open issue.
func (s *Service) completeIssue(ctx context.Context, typed string, resolved map[string]string) ([]string, error) {
	return s.openNumbers(ctx, typed, resolved, "issues", func(i *github.Issue) bool { return !i.IsPullRequest() })
}

func (s *Service) openNumbers(ctx context.Context, typed string, resolved map[string]string, what string, keep func(*github.Issue) bool) ([]string, error) {
	return s.propose(ctx, typed, resolved, what, func(ctx context.Context, r repository) ([]string, error) {
		list, _, err := s.api.Issues.ListByRepo(ctx, r.Owner, r.Repo, &github.IssueListByRepoOptions{ListOptions: firstPage()})
		list = slices.DeleteFunc(present(list), func(i *github.Issue) bool { return !keep(i) })
		return texts(list, func(i *github.Issue) string { return strconv.Itoa(i.GetNumber()) }), err
	})
}

// completePull completes the number of an open pull request.
func (s *Service) completePull(ctx context.Context, typed string, resolved map[string]string) ([]string, error) {
	return s.propose(ctx, typed, resolved, "pulls", func(ctx context.Context, r repository) ([]string, error) {
		list, _, err := s.api.PullRequests.List(ctx, r.Owner, r.Repo, &github.PullRequestListOptions{ListOptions: firstPage()})
		return texts(present(list), func(p *github.PullRequest) string { return strconv.Itoa(p.GetNumber()) }), err
	})
}

// completeRun completes the id of a failed workflow run, the last first.
func (s *Service) completeRun(ctx context.Context, typed string, resolved map[string]string) ([]string, error) {
	return s.propose(ctx, typed, resolved, "runs", func(ctx context.Context, r repository) ([]string, error) {
		return s.failedRuns(ctx, r, completionPage)
	})
}

func (s *Service) failedRuns(ctx context.Context, r repository, most int) ([]string, error) {
	list, _, err := s.api.Actions.ListRepositoryWorkflowRuns(ctx, r.Owner, r.Repo, &github.ListWorkflowRunsOptions{Status: "failure", ListOptions: github.ListOptions{PerPage: most}})
	if err != nil {
		return nil, err
	}
	return texts(present(list.WorkflowRuns), func(run *github.WorkflowRun) string { return strconv.FormatInt(run.GetID(), 10) }), nil
}

// completeJob completes the id of a job of the last run that failed.
func (s *Service) completeJob(ctx context.Context, typed string, resolved map[string]string) ([]string, error) {
	return s.propose(ctx, typed, resolved, "jobs", func(ctx context.Context, r repository) ([]string, error) {
		runs, err := s.failedRuns(ctx, r, 1)
		if err != nil || len(runs) == 0 {
			return nil, err
		}
		run, err := strconv.ParseInt(runs[0], 10, 64)
		if err != nil {
			return nil, err
		}
		list, _, err := s.api.Actions.ListWorkflowJobs(ctx, r.Owner, r.Repo, run, &github.ListWorkflowJobsOptions{Filter: "latest", ListOptions: firstPage()})
		if err != nil {
			return nil, err
		}
		return texts(present(list.Jobs), func(j *github.WorkflowJob) string { return strconv.FormatInt(j.GetID(), 10) }), nil
	})
}

// workflowFolder is where the workflows are that a repository has itself.
const workflowFolder = ".github/workflows/"

// completeWorkflow completes the name of a workflow's file.
func (s *Service) completeWorkflow(ctx context.Context, typed string, resolved map[string]string) ([]string, error) {
	return s.propose(ctx, typed, resolved, "workflows", func(ctx context.Context, r repository) ([]string, error) {
		opts := firstPage()
		list, _, err := s.api.Actions.ListWorkflows(ctx, r.Owner, r.Repo, &opts)
		if err != nil {
			return nil, err
		}
		return texts(list.Workflows, func(w *github.Workflow) string {
			file, ours := strings.CutPrefix(w.GetPath(), workflowFolder)
			if !ours {
				return ""
			}
			return file
		}), nil
	})
}

// completeLabels completes the last of several labels that are separated by commas.
func (s *Service) completeLabels(ctx context.Context, typed string, resolved map[string]string) ([]string, error) {
	last := strings.TrimLeft(typed[strings.LastIndexByte(typed, ',')+1:], " ")
	before := typed[:len(typed)-len(last)]
	list, err := s.propose(ctx, last, resolved, "labels", func(ctx context.Context, r repository) ([]string, error) {
		opts := firstPage()
		list, _, err := s.api.Issues.ListLabels(ctx, r.Owner, r.Repo, &opts)
		return texts(list, (*github.Label).GetName), err
	})
	for i := range list {
		list[i] = before + list[i]
	}
	return list, err
}

// completeLanguage completes a programming language in which requests are often
// made.
func (s *Service) completeLanguage(_ context.Context, typed string, _ map[string]string) ([]string, error) {
	return recent.Matching(typed, []string{"C#", "Go", "Java", "JavaScript", "Kotlin", "PHP", "PowerShell", "Python", "Ruby", "Rust", "Swift", "TypeScript"}), nil
}

// refPart is what may be typed of a name of a branch or a tag: git's own rules
// leave no way to another endpoint.
var refPart = regexp.MustCompile(`^[^\x00-\x20\x7f~^:?*\[\\]{0,250}$`)

// completeRef completes the name of a branch or a tag.
func (s *Service) completeRef(ctx context.Context, typed string, resolved map[string]string) ([]string, error) {
	branches, err := s.completeBranch(ctx, typed, resolved)
	if err != nil {
		return nil, err
	}
	tags, err := s.completeTag(ctx, typed, resolved)
	all := append(branches, tags...)
	return all[:min(len(all), recent.MaxMatching)], err
}

// completeBranch completes the name of a branch.
func (s *Service) completeBranch(ctx context.Context, typed string, resolved map[string]string) ([]string, error) {
	if typed != "" {
		return s.matchingRefs(ctx, "heads", typed, resolved)
	}
	return s.propose(ctx, "", resolved, "branches", func(ctx context.Context, r repository) ([]string, error) {
		list, _, err := s.api.Repositories.ListBranches(ctx, r.Owner, r.Repo, &github.BranchListOptions{ListOptions: firstPage()})
		return texts(list, (*github.Branch).GetName), err
	})
}

// completeTag completes the name of a tag.
func (s *Service) completeTag(ctx context.Context, typed string, resolved map[string]string) ([]string, error) {
	if typed != "" {
		return s.matchingRefs(ctx, "tags", typed, resolved)
	}
	return s.propose(ctx, "", resolved, "tags", func(ctx context.Context, r repository) ([]string, error) {
		opts := firstPage()
		list, _, err := s.api.Repositories.ListTags(ctx, r.Owner, r.Repo, &opts)
		return texts(list, (*github.RepositoryTag).GetName), err
	})
}

// matchingRefs are the branches or tags that begin with what was typed.
func (s *Service) matchingRefs(ctx context.Context, kind, typed string, resolved map[string]string) ([]string, error) {
	if !refPart.MatchString(typed) || strings.Contains(typed, "..") {
		return nil, nil
	}
	return s.propose(ctx, typed, resolved, kind+"/"+typed, func(ctx context.Context, r repository) ([]string, error) {
		list, _, err := s.api.Git.ListMatchingRefs(ctx, r.Owner, r.Repo, &github.ReferenceListOptions{Ref: kind + "/" + typed})
		return texts(list[:min(len(list), recent.MaxMatching)], func(ref *github.Reference) string {
			return strings.TrimPrefix(ref.GetRef(), "refs/"+kind+"/")
		}), err
	})
}

// completePath completes a path by the names in the directory that was typed so
// far, of the ref that was settled before.
func (s *Service) completePath(ctx context.Context, typed string, resolved map[string]string) ([]string, error) {
	dir, ref := typed[:strings.LastIndexByte(typed, '/')+1], resolved["ref"]
	clean, err := cleanPath("path", dir)
	if err != nil || checkRef("ref", ref) != nil {
		return nil, nil
	}
	return s.propose(ctx, typed, resolved, "names "+ref+" "+dir, func(ctx context.Context, r repository) ([]string, error) {
		c, err := s.contents(ctx, r, clean, ref)
		if err != nil {
			return nil, err
		}
		return texts(c.Entries, func(e contentsEntry) string {
			if e.Type == "dir" {
				return dir + e.Name + "/"
			}
			return dir + e.Name
		}), nil
	})
}
