//go:build !race

package app

const (
	slowness = 1
	every    = 1
	perMode  = 9 // hostile cases that each way of working plays
)
