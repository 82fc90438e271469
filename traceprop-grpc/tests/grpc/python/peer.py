"""A caller or a service on grpc-python, traced by OpenTelemetry's own instrumentation.

    peer.py call ADDRESS    calls each method once, then prints its spans
    peer.py serve           prints its port, serves until its input ends, then prints its spans

A line for each span: its kind, trace id, span id, parent's span id or "-", rpc.grpc.status_code.
"""
import sys
from concurrent import futures

import grpc
from opentelemetry import trace
from opentelemetry.instrumentation.grpc import GrpcInstrumentorClient, GrpcInstrumentorServer
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter = InMemorySpanExporter()
trace.set_tracer_provider(TracerProvider())
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(exporter))


def print_spans():
    for span in exporter.get_finished_spans():
        parent = format(span.parent.span_id, "016x") if span.parent else "-"
        code = span.attributes.get("rpc.grpc.status_code", "none")
        ids = format(span.context.trace_id, "032x"), format(span.context.span_id, "016x")
        print(span.kind.name, *ids, parent, code, flush=True)


def encode(text):
    # A message with one string, shorter than 128 bytes.
    return b"\x0a" + bytes([len(text)]) + text.encode()


def call(address):
    GrpcInstrumentorClient().instrument()
    with grpc.insecure_channel(address) as channel:
        one = channel.unary_unary("/test.Kinds/Unary", encode, bytes)
        assert one("hello", metadata=[("do", "answer")]) == encode("hello")
        many = channel.unary_stream("/test.Kinds/ServerStreaming", encode, bytes)
        assert list(many("hello", metadata=[("do", "answer")])) == [encode("hello")] * 2
        try:
            one("hello", metadata=[("do", "fail 5")])
            raise AssertionError("it was to fail")
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.NOT_FOUND
    print_spans()


class Handler(grpc.GenericRpcHandler):
    def service(self, details):
        fails = ("do", "fail 5") in details.invocation_metadata

        def one(request, context):
            if fails:
                context.abort(grpc.StatusCode.NOT_FOUND, "as told")
            return request

        def many(request, context):
            yield request
            yield one(request, context)

        if details.method == "/test.Kinds/Unary":
            return grpc.unary_unary_rpc_method_handler(one)
        return grpc.unary_stream_rpc_method_handler(many)


def serve():
    GrpcInstrumentorServer().instrument()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    server.add_generic_rpc_handlers([Handler()])
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(5).wait()
    print_spans()


if sys.argv[1] == "call":
    call(sys.argv[2])
else:
    serve()
