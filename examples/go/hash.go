// State identity as the protocol defines it: RFC 8785 JSON, H(kind, schema, body), derived seeds, and a check of all three
// against proto/vectors.

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
)

const hashScheme = "anchorgym-jcs-sha256-v1"

// canonical writes the RFC 8785 text of a decoded JSON value; json.Number, float64, string, bool, nil, []any and
// map[string]any are understood.
func canonical(value any) (string, error) {
	switch typed := value.(type) {
	case nil:
		return "null", nil
	case bool:
		return strconv.FormatBool(typed), nil
	case json.Number:
		number, err := strconv.ParseFloat(typed.String(), 64)
		if err != nil {
			return "", err
		}
		return canonicalNumber(number)
	case float64:
		return canonicalNumber(typed)
	case string:
		return canonicalString(typed), nil
	case []any:
		parts := make([]string, len(typed))
		for index, item := range typed {
			text, err := canonical(item)
			if err != nil {
				return "", err
			}
			parts[index] = text
		}
		return "[" + strings.Join(parts, ",") + "]", nil
	case map[string]any:
		names := make([]string, 0, len(typed))
		for name := range typed {
			names = append(names, name)
		}
		sort.Slice(names, func(a, b int) bool { return lessUTF16(names[a], names[b]) })
		parts := make([]string, len(names))
		for index, name := range names {
			text, err := canonical(typed[name])
			if err != nil {
				return "", err
			}
			parts[index] = canonicalString(name) + ":" + text
		}
		return "{" + strings.Join(parts, ",") + "}", nil
	default:
		return "", fmt.Errorf("a %T has no canonical form", value)
	}
}

func lessUTF16(a, b string) bool {
	left, right := utf16.Encode([]rune(a)), utf16.Encode([]rune(b))
	for index := 0; index < len(left) && index < len(right); index++ {
		if left[index] != right[index] {
			return left[index] < right[index]
		}
	}
	return len(left) < len(right)
}

// canonicalNumber follows ECMAScript: shortest digits, an exponent from 1e21 and below 1e-6.
func canonicalNumber(number float64) (string, error) {
	if math.IsNaN(number) || math.IsInf(number, 0) {
		return "", errors.New("a number that is not finite has no canonical form")
	}
	if number == 0 {
		return "0", nil
	}
	if size := math.Abs(number); size >= 1e-6 && size < 1e21 {
		return strconv.FormatFloat(number, 'f', -1, 64), nil
	}
	text := strconv.FormatFloat(number, 'e', -1, 64)
	mantissa, exponent, _ := strings.Cut(text, "e")
	return mantissa + "e" + exponent[:1] + strings.TrimLeft(exponent[1:], "0"), nil
}

func canonicalString(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, char := range text {
		switch {
		case char == '"' || char == '\\':
			out.WriteByte('\\')
			out.WriteRune(char)
		case char == '\b':
			out.WriteString(`\b`)
		case char == '\f':
			out.WriteString(`\f`)
		case char == '\n':
			out.WriteString(`\n`)
		case char == '\r':
			out.WriteString(`\r`)
		case char == '\t':
			out.WriteString(`\t`)
		case char < 0x20:
			fmt.Fprintf(&out, `\u%04x`, char)
		default:
			out.WriteRune(char)
		}
	}
	out.WriteByte('"')
	return out.String()
}

func stateHash(kind, schema string, body any) ([]byte, error) {
	text, err := canonical(body)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte(hashScheme + "\n" + kind + "\n" + schema + "\n" + text))
	return digest[:], nil
}

// observationHash is that of an observation of text blocks.
func observationHash(texts []string) ([]byte, error) {
	blocks := make([]any, len(texts))
	for index, text := range texts {
		blocks[index] = map[string]any{"text": text}
	}
	return stateHash("observation", "observation/1", blocks)
}

func deriveSeed(seed uint64, label string) uint64 {
	digest := sha256.Sum256([]byte("anchorgym-seed-v1\n" + strconv.FormatUint(seed, 10) + "\n" + label))
	return binary.BigEndian.Uint64(digest[:8]) >> 11
}

func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// checkVectors compares every published value that Go can hold and returns how many. Go strings cannot hold half a
// surrogate pair, so refusedJson is not read.
func checkVectors(folder string) (int, error) {
	count := 0
	same := func(name, actual, expected string) error {
		count++
		if actual != expected {
			return fmt.Errorf("%s: expected %s, came out %s", name, expected, actual)
		}
		return nil
	}
	var texts struct {
		Cases []struct{ Name, JSON, Canonical string }
	}
	var hashes struct {
		Cases []struct {
			Name, Kind, Schema, Hash string
			Body                     any
		}
	}
	var seeds struct {
		Cases []struct {
			Seed   uint64
			Label  string
			Result uint64
		}
	}
	for name, into := range map[string]any{"canonical-json.json": &texts, "hashes.json": &hashes, "derive-seed.json": &seeds} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return 0, err
		}
		if err := decode(text, into); err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, entry := range texts.Cases {
		var value any
		if err := decode([]byte(entry.JSON), &value); err != nil {
			return 0, err
		}
		text, err := canonical(value)
		if err == nil {
			err = same(entry.Name, text, entry.Canonical)
		}
		if err != nil {
			return 0, err
		}
	}
	for _, entry := range hashes.Cases {
		hash, err := stateHash(entry.Kind, entry.Schema, entry.Body)
		if err == nil {
			err = same(entry.Name, hex.EncodeToString(hash), entry.Hash)
		}
		if err != nil {
			return 0, err
		}
	}
	for _, entry := range seeds.Cases {
		actual := strconv.FormatUint(deriveSeed(entry.Seed, entry.Label), 10)
		if err := same("seed "+entry.Label, actual, strconv.FormatUint(entry.Result, 10)); err != nil {
			return 0, err
		}
	}
	return count, nil
}
