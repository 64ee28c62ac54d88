"""What a phone keeps on its card over a restart. Reads and writes files; decides nothing."""
