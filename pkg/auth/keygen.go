package auth

import "github.com/mcpfleet/mcpfleet/pkg/auth/internal/apikey"

// NewKey makes a new API key. The line is for a keys file: it lets the key in by
// that name for what permissions say, and does not reveal it. The name is 1 to
// 64 letters, digits, "-", "_" and ".".
func NewKey(name string, permissions []string) (key, line string, err error) {
	if _, err := ParseGrants(permissions); err != nil {
		return "", "", err
	}
	key = apikey.Generate()
	line, err = apikey.Line(name, key, permissions)
	if err != nil {
		return "", "", err
	}
	return key, line, nil
}

// AppendKey adds a line of [NewKey] to the keys file at path. If there is none
// it makes one that only its owner may read. A file that a service would refuse
// with that line, because it has a key of that name, say, stays as it is.
func AppendKey(path, line string) error {
	return apikey.Append(path, line, checkPermissions)
}

// checkPermissions is [ParseGrants] for those who need no more than its error.
func checkPermissions(words []string) error {
	_, err := ParseGrants(words)
	return err
}
