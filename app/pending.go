//go:build pending

// Package app lists here the libraries that parts still being built will use,
// so that one go.mod serves everybody. The file goes once they are all in use.
package app

import (
	_ "github.com/JohannesKaufmann/html-to-markdown/v2"
	_ "github.com/alecthomas/kong"
	_ "github.com/aymanbagabas/go-udiff"
	_ "github.com/bradleyfalzon/ghinstallation/v2"
	_ "github.com/cenkalti/backoff/v5"
	_ "github.com/getkin/kin-openapi/openapi3"
	_ "github.com/go-git/go-git/v5"
	_ "github.com/go-rod/rod"
	_ "github.com/goccy/go-yaml"
	_ "github.com/golang-jwt/jwt/v4"
	_ "github.com/google/go-github/v62/github"
	_ "github.com/google/jsonschema-go/jsonschema"
	_ "github.com/microcosm-cc/bluemonday"
	_ "github.com/palantir/go-githubapp/githubapp"
	_ "github.com/pb33f/libopenapi"
	_ "github.com/pb33f/libopenapi-validator"
	_ "github.com/riverqueue/river"
	_ "github.com/riverqueue/river/riverdriver/riversqlite"
	_ "github.com/riverqueue/river/rivermigrate"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/rogpeppe/go-internal/txtar"
	_ "github.com/rs/zerolog"
	_ "github.com/santhosh-tekuri/jsonschema/v6"
	_ "github.com/sashabaranov/go-openai"
	_ "github.com/sony/gobreaker/v2"
	_ "github.com/tidwall/gjson"
	_ "github.com/tiktoken-go/tokenizer"
	_ "github.com/yuin/goldmark"
	_ "golang.org/x/net/html"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/text/unicode/norm"
	_ "modernc.org/sqlite"
)
