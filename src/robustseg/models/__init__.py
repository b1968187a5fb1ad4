"""Networks, their loss, their weights, and the device they run on."""
