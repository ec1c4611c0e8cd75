"""What this machine is: its instruction sets, its cores and limits, its memory."""
