// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"

	"go.uber.org/zap"
)

// markKey is the storage's key of the mark of the secret.
const markKey = "agent_visits_secret"

// secretMark notes with which secret the queue was last used. Where the secret selects
// the project, visits of one could go to another when it changes. Whether it does is not
// known here: a token that was replaced may belong to the same project. So visits follow
// their identity, and people are told that the secret has changed.
type secretMark struct {
	Identity string `json:"identity"` // the destination's
	Salt     []byte `json:"salt"`
	Mark     []byte `json:"mark"` // see destination.Destination.SecretMark
}

// compareSecret tells people if the secret has changed since the queue was last used,
// and batches are in it or wait before it. If they were for another project by name, they are set aside,
// and the log says that instead.
func (s *Storage) compareSecret(ctx context.Context) {
	if s.settings.Encoding.Site == nil {
		return // each site has a secret of its own, and an identity that does not depend on it
	}
	last, isSame := s.noteSecret(ctx)
	if isSame || len(last.Mark) == 0 || last.Identity != s.settings.Encoding.Destination.Identity() {
		return
	}
	batches := s.room.stored() + s.countWaiting(ctx)
	if batches == 0 {
		return
	}
	s.settings.Logger.Warn("The token has changed while visits were in the queue on disk. They are sent with the new one.",
		zap.String("key", s.settings.Encoding.Destination.SecretKey), zap.Uint64("batches", batches),
		zap.String("remedy", "None, if both tokens are of one project. If not: set the old token back until these visits are delivered, and give each project a name in `known_agents::project`; visits of one name are never sent for another."))
}

// noteSecret writes a mark of the secret in use, unless it is there. It returns the last
// one, and whether that is of the same secret. A mark that cannot be read or written is
// none: it only serves a message.
func (s *Storage) noteSecret(ctx context.Context) (last secretMark, isSame bool) {
	d := s.settings.Encoding.Destination
	stored, err := s.client.Get(ctx, markKey)
	if err != nil || json.Unmarshal(stored, &last) != nil {
		last = secretMark{}
	}
	now := secretMark{Identity: d.Identity(), Salt: make([]byte, 16)}
	_, _ = rand.Read(now.Salt) // it never fails
	now.Mark = d.SecretMark(now.Salt)
	isSame = bytes.Equal(last.Mark, d.SecretMark(last.Salt))
	if now.Mark == nil || isSame && last.Identity == now.Identity {
		return last, isSame
	}
	if stored, err = json.Marshal(now); err == nil {
		_ = s.client.Set(ctx, markKey, stored)
	}
	return last, isSame
}
