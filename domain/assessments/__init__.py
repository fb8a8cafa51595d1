"""Assessment 绩效评估 (003-36(5), 003-43; S7): indicators as data, and a score that is a ledger. Pure."""
