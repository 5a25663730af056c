//go:build race

package redteam_test

// With the race detector everything takes many times as long: every fiftieth case is played then.
const playEvery = 50
