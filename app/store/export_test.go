package store

import "fmt"

// Pragma sets a pragma of the connection that writes, and returns the first value of the answer.
func Pragma(s Store, pragma string) (value int64, err error) {
	err = s.(*sqliteStore).write.QueryRow(fmt.Sprintf(`PRAGMA %s`, pragma)).Scan(&value)
	return value, err
}
