package desk

import (
	"reflect"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/effect"
)

// named are the fields of effects that hold no text for people: identities, marks, and what GitHub calls things.
var named = []string{
	"Key", "Kind", "Slot", "Visibility", "Owner", "Repo", "Name", "Marker", "LineMarker", "Digest", "Plan", "TargetKey", "Color", "Content",
	"DefaultBranch", "Branch", "Base", "BaseSHA", "Path", "Old", "Links", "Login", "Logins", "Before", "Teams", "By", "Original", "Revision", "Hash", "Commit",
}

// plantIn fills every text of a value, and returns the names of those fields.
func plantIn(v reflect.Value, name, secret string) []string {
	var out []string
	switch v.Kind() { //nolint:exhaustive // what holds texts
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return plantIn(v.Elem(), name, secret)
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				out = append(out, plantIn(v.Field(i), field.Name, secret)...)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		return plantIn(v.Index(0), name, secret)
	case reflect.String:
		v.SetString("x " + secret + " y")
		return []string{name}
	}
	return out
}

// textsIn lists the fields that hold the secret.
func textsIn(v reflect.Value, name, secret string) []string {
	var out []string
	switch v.Kind() { //nolint:exhaustive // what holds texts
	case reflect.Pointer:
		if !v.IsNil() {
			return textsIn(v.Elem(), name, secret)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			out = append(out, textsIn(v.Field(i), v.Type().Field(i).Name, secret)...)
		}
	case reflect.Slice:
		for i := range v.Len() {
			out = append(out, textsIn(v.Index(i), name, secret)...)
		}
	case reflect.String:
		if strings.Contains(v.String(), secret) {
			return []string{name}
		}
	}
	return out
}

// A kind of effect, or a field of one, that is added later is looked through, too.
func TestNoTextOfAnEffectHoldsASecret(t *testing.T) {
	secret := `gh` + `p\_` + strings.Repeat("aB3dE5", 6)
	whole := reflect.TypeFor[effect.Effect]()
	texts := 0
	for i := range whole.NumField() {
		field := whole.Field(i)
		if field.Type.Kind() != reflect.Pointer {
			continue
		}
		var e effect.Effect
		texts += len(plantIn(reflect.ValueOf(&e).Elem().Field(i), field.Name, secret))
		if e.Pull != nil {
			e.Pull.Files[0].Old = "" // what a page held already stays
		}
		for _, name := range textsIn(reflect.ValueOf(withoutSecrets(e)), "", secret) {
			if !strings.Contains(" "+strings.Join(named, " ")+" ", " "+name+" ") {
				t.Errorf("%s.%s is posted with its secret", field.Name, name)
			}
		}
	}
	if texts < 20 {
		t.Errorf("only %d texts", texts)
	}
}
