//go:build race

package playbook

// With the race detector everything takes many times as long: every fifth ticket is drafted then.
const every = 5
