package forge

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge/hookshot"
)

func listDeliveries(c *call) (answer, error) {
	app, err := c.signedApp()
	if err != nil {
		return answer{}, err
	}
	list := c.f.hooks.Log(app.ID)
	switch status := c.query("status"); status {
	case "":
	case "success", "failure":
		list = slices.DeleteFunc(list, func(d hookshot.Delivery) bool { return d.OK() != (status == "success") })
	default:
		return answer{}, invalid("HookDelivery", "status", "invalid", "status must be one of: failure, success")
	}
	// The cursor names the delivery to go on with: the log grows while it is read, so that pages by number would slip.
	if cursor := c.query("cursor"); cursor != "" {
		from, err := strconv.ParseInt(strings.TrimPrefix(cursor, "v1_"), 10, 64)
		if err != nil {
			return answer{}, &Error{Status: http.StatusBadRequest, Message: "Invalid cursor"}
		}
		list = slices.DeleteFunc(list, func(d hookshot.Delivery) bool { return d.ID > from })
	}
	size := clampQuery(c.query("per_page"), perPage, maxPerPage)
	if len(list) > size {
		q := c.r.URL.Query()
		q.Set("cursor", fmt.Sprintf("v1_%d", list[size].ID))
		c.w.Header().Set("Link", fmt.Sprintf(`<%s?%s>; rel="next"`, c.f.api("/app/hook/deliveries"), q.Encode()))
		list = list[:size]
	}
	return ok(render(list, func(d hookshot.Delivery) object { return deliveryItem(d) })), nil
}

func deliveryItem(d hookshot.Delivery) object {
	return object{"id": d.ID, "guid": d.GUID, "delivered_at": stamp(d.At), "redelivery": d.Redelivery, "duration": d.Duration.Seconds(),
		"status": d.Status, "status_code": d.StatusCode, "event": d.Event, "action": orNil(d.Action), "installation_id": zeroNil(d.Installation),
		"repository_id": zeroNil(d.Repo), "throttled_at": nil}
}

func zeroNil(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

func getDelivery(c *call) (answer, error) {
	app, err := c.signedApp()
	if err != nil {
		return answer{}, err
	}
	for _, d := range c.f.hooks.Log(app.ID) {
		if d.ID != c.int64("id") {
			continue
		}
		out := deliveryItem(d)
		out["url"] = d.URL
		out["request"] = object{"headers": d.RequestHeaders, "payload": d.Payload}
		out["response"] = object{"headers": d.ResponseHeaders, "payload": orNil(d.Response)}
		return ok(func() any { return out }), nil
	}
	return answer{}, ErrNotFound
}

func redeliver(c *call) (answer, error) {
	app, err := c.signedApp()
	if err != nil {
		return answer{}, err
	}
	target := hookshot.Target{App: app.ID, HookID: app.hookID(), URL: app.WebhookURL, Secret: app.WebhookSecret}
	if !c.f.hooks.Redeliver(target, c.int64("id")) {
		return answer{}, ErrNotFound
	}
	return answer{status: http.StatusAccepted, body: func() any { return object{} }}, nil
}
