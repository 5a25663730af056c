//go:build !race

package app

// perMode is how many hostile cases each way of working plays.
const perMode = 9
