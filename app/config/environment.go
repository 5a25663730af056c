package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Key is one scalar key of config.yml.
type Key struct {
	Path string // "server.addr"
	Env  string // the variable that wins over the file
}

// Keys lists the keys of config.yml that have an environment variable, in the order of the file.
func Keys() []Key {
	var out []Key
	eachKey(reflect.ValueOf(&Server{}).Elem(), "", func(path, env string, _ reflect.Value) {
		out = append(out, Key{Path: path, Env: env})
	})
	return out
}

func eachKey(v reflect.Value, path string, visit func(path, env string, field reflect.Value)) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name := field.Tag.Get("yaml")
		if name == "-" || name == "" {
			continue
		}
		if env := field.Tag.Get("env"); env != "" {
			visit(path+name, env, v.Field(i))
		} else if field.Type.Kind() == reflect.Struct {
			eachKey(v.Field(i), path+name+".", visit)
		}
	}
}

// fromEnvironment overwrites the keys whose variables are set and not empty. It returns which variable gave which key,
// and what cannot be read.
func fromEnvironment(s *Server, env func(string) (string, bool)) (given map[string]string, problems []string) {
	given = map[string]string{}
	eachKey(reflect.ValueOf(s).Elem(), "", func(path, name string, field reflect.Value) {
		text, ok := env(name)
		text = strings.TrimSpace(text)
		if !ok || text == "" {
			return
		}
		if err := setText(field, text); err != nil {
			problems = append(problems, fmt.Sprintf("%s (%s): %v", name, path, err))
			return
		}
		given[path] = name
	})
	return given, problems
}

func setText(field reflect.Value, text string) error {
	if reader, ok := field.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return reader.UnmarshalText([]byte(text))
	}
	switch field.Kind() {
	case reflect.String:
		field.SetString(text)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		field.SetInt(n)
	case reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%q is not a number", text)
		}
		field.SetFloat(n)
	default:
		panic("config: a key of kind " + field.Kind().String() + " has an environment variable that cannot be read")
	}
	return nil
}
