"""What ``requests`` does by itself: so many POSTs from so many threads, a Session each.

``python3 -m dev.bench.bare_requests URL COUNT THREADS BYTES``; body and headers are like those of a
delivery, but nothing is signed, claimed or settled.
"""

import json
import sys
import threading

import requests

HEADERS = {
    "Content-Type": "application/cloudevents+json",
    "User-Agent": "healthcare-ops/1",
    "webhook-timestamp": "1767225600",
    "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
}


def main() -> int:
    url, (count, threads, size) = sys.argv[1], map(int, sys.argv[2:])
    body = "x" * size
    numbers = iter(range(count))
    lock = threading.Lock()
    failed = []

    def work():
        with requests.Session() as session:
            session.trust_env = False
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                headers = {**HEADERS, "webhook-id": f"evt_{number:032x}"}
                if session.post(url, data=body, headers=headers, timeout=15).status_code != 200:
                    failed.append(number)

    workers = [threading.Thread(target=work) for _number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(json.dumps({"answer": f"{count - len(failed)} answered"}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
