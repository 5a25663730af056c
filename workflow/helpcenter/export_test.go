package helpcenter

// For tests that need packages which may import this one.
var Golden, Setting = golden, setting
