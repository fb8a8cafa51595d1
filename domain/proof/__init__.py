"""The record that anybody can check: leaves, the Merkle tree over them, signed heads, receipts. Pure; see README.md."""
