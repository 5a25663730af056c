package forge

func (f *Forge) SetWebhook(slug, url, secret string) error { return nil }
