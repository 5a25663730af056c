//go:build !race

package redteam_test

const playEvery = 1
