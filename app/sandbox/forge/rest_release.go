package forge

import (
	"net/http"
	"slices"
)

func (c *call) release(x *Release, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return ok(func() any { return c.f.renderRelease(x) }), nil
}

func listReleases(c *call) (answer, error) {
	list, err := c.f.ListReleases(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	return ok(render(paged(c, list), c.f.renderRelease)), nil
}

func (c *call) findRelease(fits func(*Release) bool) (answer, error) {
	list, err := c.f.ListReleases(c.actor, c.repo())
	if err != nil {
		return answer{}, err
	}
	at := slices.IndexFunc(list, func(x *Release) bool { return !x.Draft && fits(x) })
	if at < 0 {
		return answer{}, ErrNotFound
	}
	return c.release(list[at], nil)
}

func latestRelease(c *call) (answer, error) {
	return c.findRelease(func(x *Release) bool { return !x.Prerelease })
}

func releaseByTag(c *call) (answer, error) {
	return c.findRelease(func(x *Release) bool { return x.Tag == c.vars["tag"] })
}

func createRelease(c *call) (answer, error) {
	var body struct {
		Tag               string `json:"tag_name"`
		Target            string `json:"target_commitish"`
		Name, Body        string
		Draft, Prerelease bool
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	a, err := c.release(c.f.CreateRelease(c.actor, c.repo(), ReleaseInput{Tag: body.Tag, Target: body.Target, Name: body.Name, Body: body.Body,
		Draft: body.Draft, Prerelease: body.Prerelease}))
	a.status = http.StatusCreated
	return a, err
}
