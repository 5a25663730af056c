//go:build !race

package playbook

const every = 1
