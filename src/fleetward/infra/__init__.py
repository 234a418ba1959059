"""Technical ground under all contexts: SQL, transactions, jobs, sealing, HTTP, files, logs."""
