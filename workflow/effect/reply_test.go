package effect_test

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/effect"
)

const aDraft = "### Reply to ada\n\n" + effect.ReplyStart + "\n\nHi Ada,\n\nuse the export.\n\n" + effect.ReplyEnd + "\n\n" + effect.Unsent + "\n\n---\n\n### Plan: answer\n\n<!-- oioi:v1 7/1/comment/draft/1 -->"

func TestTheReplyIsWhatStandsBetweenItsLines(t *testing.T) {
	want := "Hi Ada,\n\nuse the export."
	for name, body := range map[string]string{
		"as written":   aDraft,
		"from Windows": strings.ReplaceAll(aDraft, "\n", "\r\n"),
		"folded":       effect.Folded(aDraft, "Superseded by a newer draft"),
		"with status":  effect.WithStatus(aDraft, "**Sent**"),
		"sent":         effect.WithSentReply(effect.WithStatus(aDraft, "**Sent**")),
		"edited":       strings.Replace(aDraft, "use the export", "use the export", 1),
	} {
		if got, ok := effect.ReplyOf(body); !ok || got != want {
			t.Errorf("%s: %q %t", name, got, ok)
		}
	}
	for name, body := range map[string]string{
		"empty":        strings.Replace(aDraft, want, " ", 1),
		"without end":  strings.Replace(aDraft, effect.ReplyEnd, "", 1),
		"out of order": effect.ReplyEnd + "x" + effect.ReplyStart,
		"two replies":  aDraft + effect.ReplyStart + "other" + effect.ReplyEnd,
		"a second end": aDraft + effect.ReplyEnd,
	} {
		if got, ok := effect.ReplyOf(body); ok {
			t.Errorf("%s: there is no one reply, and %q would be sent", name, got)
		}
	}
}

func TestAStatusStandsOnceAndLeavesTheRest(t *testing.T) {
	once := effect.WithStatus(aDraft, "**Sent**")
	twice := effect.WithStatus(once, "**Sent**, owner assigned")
	if strings.Contains(twice, effect.Unsent) || strings.Count(twice, "**Sent**") != 1 || !strings.Contains(twice, "owner assigned") {
		t.Error(twice)
	}
	if back := effect.WithStatus(twice, "**Sent**"); back != once {
		t.Errorf("the status leaves traces:\n%s\n%s", once, back)
	}
	if got := effect.WithStatus("no lines here", "**Sent**"); !strings.HasSuffix(got, "no lines here") {
		t.Error(got)
	}
}

func TestASentReplyIsFoldedOnce(t *testing.T) {
	once := effect.WithSentReply(effect.WithStatus(aDraft, "**Sent**"))
	if _, after, found := strings.Cut(once, "</details>"); !found || !strings.Contains(after, "**Sent**") || strings.Count(once, "<details>") != 1 {
		t.Error(once)
	}
	for _, body := range []string{once, strings.ReplaceAll(once, "\n", "\r\n"), "no lines here"} {
		if again := effect.WithSentReply(body); again != body {
			t.Errorf("folded again:\n%s", again)
		}
	}
	if later := effect.WithStatus(once, "**Sent**, owner assigned"); effect.WithSentReply(later) != later || strings.Count(later, "**Sent**") != 1 {
		t.Error(later)
	}
}

func TestAnApprovalCoversOneContent(t *testing.T) {
	a, b := effect.ShortID("7/1/issue/follow_up/1", []byte("a")), effect.ShortID("7/1/issue/follow_up/1", []byte("b"))
	if a == b || len(a) != 7 || a != effect.ShortID("7/1/issue/follow_up/1", []byte("a")) {
		t.Error(a, b)
	}
	if effect.DraftDigest("a", "b", "c") == effect.DraftDigest("ab", "", "c") {
		t.Error("two drafts have one digest")
	}
}

func FuzzReplyOf(f *testing.F) {
	f.Add(aDraft, "**Sent**")
	f.Add("\r"+effect.ReplyStart, "x")
	f.Fuzz(func(t *testing.T, body, status string) {
		reply, ok := effect.ReplyOf(body)
		if ok && (strings.Contains(reply, effect.ReplyStart) || strings.Contains(reply, effect.ReplyEnd) || strings.TrimSpace(reply) == "") {
			t.Fatalf("%q is no reply", reply)
		}
		if strings.Contains(status, "oioi:") || strings.Contains(body, effect.Unsent) || strings.Contains(body, "oioi:status") {
			return
		}
		if after, same := effect.ReplyOf(effect.WithStatus(body, status)); same != ok || after != reply {
			t.Fatalf("the status changed the reply from %q to %q", reply, after)
		}
	})
}
