//go:build race

package app

// With the race detector everything takes many times as long: each way of working plays this many hostile cases then.
const perMode = 3
