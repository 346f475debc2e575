package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const testToken = "0123456789abcdef0123456789abcdef"

func TestGuardLetsOnlyLocalProgramsWithTheTokenThrough(t *testing.T) {
	c := &config{
		token: testToken, maxAdd: 100, maxRequests: 1, requestTimeout: time.Second,
		allowedHosts: []string{"ipfs.bank.example"}, allowedOrigins: []string{"https://ops.example"},
	}
	server := httptest.NewServer(newGuard(c, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	defer server.Close()
	for name, test := range map[string]struct {
		method, host, token string
		headers             map[string]string
		want                int
	}{
		"token":                 {want: 200},
		"named host":            {host: "ipfs.bank.example:5001", want: 200},
		"IPv6 loopback":         {host: "[::1]:5001", want: 200},
		"allowed origin":        {headers: map[string]string{"Origin": "https://ops.example"}, want: 200},
		"allowed referer":       {headers: map[string]string{"Referer": "https://ops.example/page"}, want: 200},
		"no token":              {token: "-", want: 401},
		"prefix of the token":   {token: testToken[:31], want: 401},
		"token and more":        {token: testToken + "0", want: 401},
		"GET":                   {method: http.MethodGet, want: 405},
		"foreign host":          {host: "127.0.0.1.evil.example", want: 403},
		"foreign origin":        {headers: map[string]string{"Origin": "https://evil.example"}, want: 403},
		"foreign referer":       {headers: map[string]string{"Referer": "https://ops.example.evil/"}, want: 403},
		"origin before referer": {headers: map[string]string{"Origin": "null", "Referer": "https://ops.example/"}, want: 403},
		"hidden browser":        {headers: map[string]string{"User-Agent": "Mozilla/5.0"}, want: 403},
	} {
		t.Run(name, func(t *testing.T) {
			method := http.MethodPost
			if test.method != "" {
				method = test.method
			}
			r, err := http.NewRequest(method, server.URL+"/api/v0/id", nil)
			if err != nil {
				t.Fatal(err)
			}
			switch test.token {
			case "":
				r.Header.Set("Authorization", "Bearer "+testToken)
			case "-":
			default:
				r.Header.Set("Authorization", "Bearer "+test.token)
			}
			r.Host = test.host
			for k, v := range test.headers {
				r.Header.Set(k, v)
			}
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if answer.StatusCode != test.want {
				t.Fatalf("status %d, want %d", answer.StatusCode, test.want)
			}
		})
	}
}

func TestGuardAnswersBusyWhenAllSlotsAreTaken(t *testing.T) {
	entered, leave := make(chan bool), make(chan bool)
	c := &config{token: testToken, maxAdd: 1, maxRequests: 1, requestTimeout: time.Minute}
	server := httptest.NewServer(newGuard(c, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		entered <- true
		<-leave
	})))
	defer server.Close()
	post := func() (*http.Response, error) {
		r, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(""))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+testToken)
		return http.DefaultClient.Do(r)
	}
	done := make(chan error)
	go func() {
		answer, err := post()
		if err == nil {
			err = answer.Body.Close()
		}
		done <- err
	}()
	<-entered
	answer, err := post()
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("status %d", answer.StatusCode)
	}
	leave <- true
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestAPIAddressBeyondLoopbackNeedsTheFlag(t *testing.T) {
	for address, loopback := range map[string]bool{
		"127.0.0.1:0": true, "[::1]:5001": true, "127.9.9.9:1": true,
		"0.0.0.0:5001": false, ":5001": false, "[::]:5001": false, "10.0.0.1:5001": false, "localhost:5001": false,
	} {
		if err := checkAPIAddress(address, false); (err == nil) != loopback {
			t.Errorf("%s: %v", address, err)
		}
		if err := checkAPIAddress(address, true); err != nil {
			t.Errorf("%s with the flag: %v", address, err)
		}
	}
}
