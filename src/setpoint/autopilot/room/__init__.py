"""What pages read of campaigns: the control room, lists, the cockpit. Nothing here changes a campaign."""
