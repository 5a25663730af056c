//go:build race

package app

// With the race detector everything takes many times as long: sweeps try a third of the places that they try without it, which
// are a sample already unless make chaos and make redteam ask for all.
const (
	slowness = 10
	every    = 3
	perMode  = 2 // hostile cases that each way of working plays
)
