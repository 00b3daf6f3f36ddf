//go:build !race

package sender

const raceMemory = 1
