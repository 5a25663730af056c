package config

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

const maxSecretBytes = 64 << 10

// secret returns a secret from the variable direct, or from the file that a key of config.yml or its variable names.
// ok is false where neither is set.
func (l *loader) secret(path, direct, file string) (value string, from string, ok bool) {
	text, set := l.env(direct)
	set = set && strings.TrimSpace(text) != ""
	if set && l.given[path] != "" {
		l.problem("%s and %s are both set: keep one of them", direct, l.given[path])
		return "", "", false
	}
	if set {
		return text, direct, true
	}
	if file == "" {
		return "", "", false
	}
	from = l.from(path)
	text, err := l.readSecret(file)
	if err != nil {
		l.problem("%s: %v", from, err)
		return "", "", false
	}
	return text, from, true
}

func (l *loader) readSecret(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("the file cannot be read: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if info.IsDir() {
		return "", fmt.Errorf("%s is a folder: name the file in it", name)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		l.warnings = append(l.warnings, fmt.Sprintf("%s holds a secret and others on this machine can read it (mode %04o): chmod 600 %s", name, mode, name))
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSecretBytes+1))
	if err != nil {
		return "", err
	}
	if len(data) > maxSecretBytes {
		return "", fmt.Errorf("%s is larger than %d KB: this is not the secret", name, maxSecretBytes>>10)
	}
	if strings.TrimSpace(string(data)) == "" {
		return "", fmt.Errorf("%s is empty", name)
	}
	return string(data), nil
}

// privateKey checks that text is a PEM private key as GitHub hands it out (PKCS#1), or the same as PKCS#8.
func privateKey(text string) ([]byte, error) {
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, `\n`, "\n") // many platforms keep a variable on one line
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("this is no PEM private key: take the .pem file that GitHub made under Private keys on the App's settings page")
	}
	if _, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return []byte(text), nil
	}
	if _, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		return []byte(text), nil
	}
	return nil, fmt.Errorf("the PEM block %q holds no private key that can be read: take the .pem file as GitHub made it", block.Type)
}

// webhookSecrets are the lines of text that are not empty.
func webhookSecrets(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}
