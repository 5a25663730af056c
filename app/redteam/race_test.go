//go:build race

package redteam_test

// With the race detector everything takes many times as long: every twentieth case is played then.
const playEvery = 20
