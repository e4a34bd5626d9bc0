// ghz with random arrivals: requests at the times of a Poisson process, whether or not earlier ones are answered. ghz
// itself spaces requests evenly, and takes a pacer of others as a library. Takes the options of ghz that it needs, and
// writes what ghz writes.
package main

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/bojand/ghz/load"
	"github.com/bojand/ghz/printer"
	"github.com/bojand/ghz/runner"
)

// poisson sends hit n at the sum of n+1 exponential gaps.
type poisson struct {
	perSecond float64
	duration  time.Duration

	mutex sync.Mutex
	hits  uint64
	next  time.Duration
}

var _ load.Pacer = (*poisson)(nil)

func (p *poisson) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for p.hits <= hits {
		p.next += time.Duration(rand.ExpFloat64() / p.perSecond * float64(time.Second))
		p.hits++
	}
	if p.next > p.duration {
		return 0, true
	}
	return max(0, p.next-elapsed), false
}

func (p *poisson) Rate(time.Duration) float64 { return p.perSecond }

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	proto := flag.String("proto", "", "file with the service")
	call := flag.String("call", "", "package.Service.Method")
	data := flag.String("data-file", "", "file with the message, JSON")
	timeout := flag.Duration("timeout", 20*time.Second, "time that a request may take")
	insecure := flag.Bool("insecure", false, "plain text")
	authority := flag.String("cacert", "", "file with the authority of the server")
	certificate := flag.String("cert", "", "file with the certificate of the client")
	key := flag.String("key", "", "file with its key")
	name := flag.String("cname", "", "name in the certificate of the server, where it is not the host")
	connections := flag.Uint("connections", 1, "connections")
	concurrency := flag.Uint("concurrency", 50, "workers that send")
	perSecond := flag.Float64("rps", 1, "requests a second, on average")
	duration := flag.Duration("duration", time.Second, "time in which requests arrive")
	output := flag.String("output", "", "file for the results, JSON")
	flag.Parse()

	options := []runner.Option{
		runner.WithProtoFile(*proto, nil),
		runner.WithDataFromFile(*data),
		runner.WithTimeout(*timeout),
		runner.WithInsecure(*insecure),
		runner.WithConnections(*connections),
		runner.WithConcurrency(*concurrency),
		runner.WithAsync(true),
		// The pacer decides when it ends.
		runner.WithTotalRequests(math.MaxInt32),
		runner.WithPacer(&poisson{perSecond: *perSecond, duration: *duration}),
	}
	if *authority != "" {
		options = append(options, runner.WithRootCertificate(*authority))
	}
	if *certificate != "" {
		options = append(options, runner.WithCertificate(*certificate, *key))
	}
	if *name != "" {
		options = append(options, runner.WithServerNameOverride(*name))
	}
	report, err := runner.Run(*call, flag.Arg(0), options...)
	if err != nil {
		return err
	}
	file, err := os.Create(*output)
	if err != nil {
		return err
	}
	defer file.Close()
	return (&printer.ReportPrinter{Out: file, Report: report}).Print("json")
}
