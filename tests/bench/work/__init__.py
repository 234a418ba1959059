"""What is measured, called as the product calls it; each function runs in a child process."""
