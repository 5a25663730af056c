# Not built yet: no container engine was at hand when this was written. The program that it packs is built and tested.
#
#   docker build -t oioi .
#   docker run --read-only --tmpfs /tmp:size=64m,mode=1777,noexec,nosuid,nodev --cap-drop ALL --security-opt no-new-privileges \
#     -p 8080:8080 -v oioi:/var/lib/oioi \
#     -e GITHUB_APP_ID=12345 -e GITHUB_APP_PRIVATE_KEY_FILE=/run/secrets/app.pem \
#     -e GITHUB_APP_WEBHOOK_SECRET_FILE=/run/secrets/webhook-secret -v ./secrets:/run/secrets:ro oioi
#
# The files in ./secrets must be readable for user 65532, as whom OiOi runs.

# Both images are named by what they hold; the tag says to a reader, and to dependabot, which one it is.
FROM --platform=$BUILDPLATFORM golang:1.26.8-bookworm@sha256:a688600ca24f8a4d3ca77f95b0dd40704a9fc787c826660eb7ba0b641b8b175d AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS TARGETARCH
ARG VERSION=dev
ENV CGO_ENABLED=0 GOFLAGS=-buildvcs=false
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags="-s -w -X github.com/oioi-app/oioi/app.Version=$VERSION" -o /out/usr/local/bin/oioi ./cmd/oioi
# The final image has no shell to make folders with.
RUN mkdir -p /out/etc/oioi /out/var/lib/oioi && cp config.yml /out/etc/oioi/config.yml

FROM gcr.io/distroless/static-debian12:nonroot@sha256:d093aa3e30dbadd3efe1310db061a14da60299baff8450a17fe0ccc514a16639
LABEL org.opencontainers.image.title="OiOi" \
      org.opencontainers.image.description="A GitHub App that works support tickets filed as issues" \
      org.opencontainers.image.source="https://github.com/oioi-app/oioi" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /out/usr/local/bin/oioi /usr/local/bin/oioi
COPY --from=build /out/etc/oioi /etc/oioi
COPY --from=build --chown=65532:65532 /out/var/lib/oioi /var/lib/oioi
# Everything that OiOi writes is in here: the database and its log.
ENV OIOI_DB=/var/lib/oioi/oioi.db
WORKDIR /var/lib/oioi
VOLUME /var/lib/oioi
EXPOSE 8080
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["/usr/local/bin/oioi", "health"]
ENTRYPOINT ["/usr/local/bin/oioi"]
CMD ["serve", "--config", "/etc/oioi/config.yml"]
