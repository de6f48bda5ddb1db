package args

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ruleKeys are the tags that constrain a value, in the order they are applied.
var ruleKeys = [...]string{"enum", "min", "max", "minLength", "maxLength", "pattern", "format", "minItems", "maxItems"}

// checkTagKeys refuses a key that looks like a misspelt rule, which would
// otherwise be a rule that silently does not hold.
func checkTagKeys(tag reflect.StructTag) error {
	known := append(ruleKeys[:], "json", "jsonschema", "default", "alias", "example", "hidden", "quiet")
	for rest := string(tag); ; {
		key, after, ok := strings.Cut(strings.TrimLeft(rest, " "), `:"`)
		if !ok {
			return nil
		}
		if !slices.Contains(known, key) {
			if near := nearest(key, known); len(near) > 0 {
				return fmt.Errorf("unknown tag %q; did you mean %q?", key, near[0])
			}
		}
		quoted, err := strconv.QuotedPrefix(`"` + after)
		if err != nil {
			return fmt.Errorf("the tag %q is malformed", key)
		}
		rest = after[len(quoted)-1:]
	}
}

func (n *node) applyTags(tag reflect.StructTag) error {
	for _, key := range ruleKeys {
		text, ok := tag.Lookup(key)
		if !ok {
			continue
		}
		if err := n.apply(key, text); err != nil {
			return fmt.Errorf("%s:%q: %w", key, text, err)
		}
	}
	if text, ok := tag.Lookup("quiet"); ok {
		if text != "true" {
			return fmt.Errorf("quiet:%q: it is \"true\" or left out", text)
		}
		n.quiet = true
		if n.elem != nil {
			n.elem.quiet = true
		}
	}
	return n.consistent()
}

func (n *node) apply(key, text string) error {
	list := n.kind == kindSlice || n.kind == kindMap
	switch key {
	case "minItems", "maxItems":
		if !list {
			return fmt.Errorf("does not apply to %v", n.typ)
		}
		return n.setLength(key == "minItems", text)
	}
	if list {
		if err := n.elem.apply(key, text); err != nil {
			return err
		}
		return n.elem.consistent()
	}
	switch {
	case key == "enum" && (n.kind == kindString || n.kind == kindInt || n.kind == kindUint):
		return n.setEnum(text)
	case (key == "min" || key == "max") && (n.kind == kindInt || n.kind == kindUint || n.kind == kindFloat):
		return n.setBound(key == "min", text)
	case (key == "minLength" || key == "maxLength") && n.kind == kindString:
		return n.setLength(key == "minLength", text)
	case key == "pattern" && n.kind == kindString:
		re, err := regexp.Compile(text)
		n.pattern = re
		return err
	case key == "format" && (n.kind == kindString || n.kind == kindText):
		n.format = text
		return nil
	}
	return fmt.Errorf("does not apply to %v", n.typ)
}

func (n *node) setEnum(text string) error {
	n.enum = nil
	for part := range strings.SplitSeq(text, ",") {
		value, err := part, error(nil)
		switch n.kind {
		case kindInt:
			var x int64
			x, err = strconv.ParseInt(value, 10, n.typ.Bits())
			value = strconv.FormatInt(x, 10)
		case kindUint:
			var x uint64
			x, err = strconv.ParseUint(value, 10, n.typ.Bits())
			value = strconv.FormatUint(x, 10)
		}
		if err != nil || value == "" || strings.TrimSpace(value) != value {
			return fmt.Errorf("%q is not a usable value of %v", part, n.typ)
		}
		if slices.Contains(n.enum, value) {
			return fmt.Errorf("%q is listed twice", value)
		}
		n.enum = append(n.enum, value)
	}
	return nil
}

func (n *node) setBound(lower bool, text string) (err error) {
	bound := &n.max
	if lower {
		bound = &n.min
	}
	switch n.kind {
	case kindInt:
		target := &n.imax
		if lower {
			target = &n.imin
		}
		*target, err = strconv.ParseInt(text, 10, n.typ.Bits())
		*bound = strconv.FormatInt(*target, 10)
	case kindUint:
		target := &n.umax
		if lower {
			target = &n.umin
		}
		*target, err = strconv.ParseUint(text, 10, n.typ.Bits())
		*bound = strconv.FormatUint(*target, 10)
	case kindFloat:
		target := &n.fmax
		if lower {
			target = &n.fmin
		}
		*target, err = strconv.ParseFloat(text, 64)
		if err == nil && (math.IsNaN(*target) || math.IsInf(*target, 0)) {
			return errors.New("not a finite number")
		}
		*bound = string(appendFloat(nil, *target, 64))
	}
	return err
}

func (n *node) setLength(lower bool, text string) error {
	x, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return err
	}
	if lower {
		n.minLen = int(x)
	} else {
		n.maxLen = int(x)
	}
	return nil
}

func (n *node) consistent() error {
	if n.maxLen >= 0 && n.minLen > n.maxLen {
		return fmt.Errorf("the least length %d is above the greatest %d", n.minLen, n.maxLen)
	}
	if n.imin > n.imax || n.umin > n.umax || n.fmin > n.fmax {
		return fmt.Errorf("min %s is above max %s", n.min, n.max)
	}
	return nil
}
