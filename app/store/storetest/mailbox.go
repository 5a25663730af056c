package storetest

var mailboxTests, ingestTests, jobTests, txTests []test
