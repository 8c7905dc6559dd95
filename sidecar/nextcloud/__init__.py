"""Everything that speaks with Nextcloud's AppAPI: signing, the one outgoing client, life cycle, identity, webhooks."""
