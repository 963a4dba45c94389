"""What has to work in a sandbox, because ordinary programs do it."""

import pytest


def test_a_pool_of_processes(run):
    code = """
import multiprocessing
def square(n): return n * n
with multiprocessing.Pool(3) as pool:
    print(pool.map(square, range(5)))
"""
    assert run(code) == "[0, 1, 4, 9, 16]\n"


def test_processes_with_locks_queues_and_events(run):
    code = """
import multiprocessing
def work(queue, lock, event):
    with lock:
        queue.put('done')
    event.set()
queue, lock, event = multiprocessing.Queue(), multiprocessing.Lock(), multiprocessing.Event()
process = multiprocessing.Process(target=work, args=(queue, lock, event))
process.start()
print(queue.get(timeout=10), event.wait(10))
process.join()
print(process.exitcode)
"""
    assert run(code) == "done True\n0\n"


def test_threads_and_executors(run):
    code = """
import concurrent.futures
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    print(list(pool.map(lambda n: n + 1, range(4))))
"""
    assert run(code) == "[1, 2, 3, 4]\n"


def test_as_many_threads_as_there_may_be_processes(run):
    code = """
import concurrent.futures, threading
together = threading.Barrier(48)
with concurrent.futures.ThreadPoolExecutor(48) as pool:
    print(sum(1 for _ in pool.map(lambda n: together.wait(30), range(48))))
"""
    assert run(code) == "48\n"


def test_processes_that_are_not_forked_work_or_are_refused_at_once(session):
    code = """
import math, multiprocessing
with multiprocessing.get_context('spawn').Pool(2) as pool:
    print(pool.map(math.sqrt, [4, 9]))
"""
    result = session.exec(code, 20)
    assert result.stdout == "[2.0, 3.0]\n" or "only with processes that start by 'fork'" in result.stderr


def test_asyncio_with_threads_and_subprocesses(run):
    code = """
import asyncio
async def main():
    made = await asyncio.create_subprocess_shell('echo shell', stdout=asyncio.subprocess.PIPE)
    out, _ = await made.communicate()
    return [await asyncio.to_thread(lambda: 'thread'), out.decode().strip(), await asyncio.sleep(0, 'slept')]
print(asyncio.run(main()))
"""
    assert run(code) == "['thread', 'shell', 'slept']\n"


def test_subprocesses_with_pipes_and_a_shell(run):
    code = """
import subprocess
print(subprocess.run('cat | tr a-z A-Z', shell=True, input='text', capture_output=True, text=True).stdout)
print(subprocess.run(['false']).returncode)
"""
    assert run(code) == "TEXT\n1\n"


def test_python_starts_python(run):
    code = """
import subprocess, sys
print(subprocess.run([sys.executable, '-c', 'import numpy; print(numpy.ones(2))'], capture_output=True, text=True).stdout)
"""
    assert run(code) == "[1. 1.]\n\n"


def test_temporary_files(run):
    code = """
import tempfile
with tempfile.NamedTemporaryFile('w+') as file:
    print('x', file=file, flush=True)
    file.seek(0)
    print(file.read())
"""
    assert run(code) == "x\n\n"


def test_numpy(run):
    code = """
import numpy
generator = numpy.random.default_rng(1)
matrix = generator.random((200, 200))
print(numpy.allclose(matrix @ numpy.linalg.inv(matrix), numpy.eye(200)))
numpy.save('saved.npy', matrix)
print(numpy.load('saved.npy').shape)
"""
    assert run(code) == "True\n(200, 200)\n"


def test_utf_8(run):
    code = "print('ü€😀'); open('datei ü', 'w').write('ß'); print(open('datei ü').read(), __import__('os').listdir())"
    assert run(code) == "ü€😀\nß ['datei ü']\n"


def test_a_database_in_a_file(run):
    code = """
import sqlite3
with sqlite3.connect('data.db') as connection:
    connection.execute('create table t (n)')
    connection.execute('insert into t values (7)')
print(connection.execute('select n from t').fetchall())
"""
    assert run(code) == "[(7,)]\n"


def test_signals_and_timers_of_the_code(run):
    code = """
import signal, time
signal.signal(signal.SIGALRM, lambda number, frame: print('alarm'))
signal.setitimer(signal.ITIMER_REAL, 0.01)
signal.pause()
"""
    assert run(code) == "alarm\n"


@pytest.mark.parametrize("command", ["ls /usr | head -1", "sort <<< b", "awk 'BEGIN {print 1}'", "date +%Y", "mktemp"])
def test_programs_of_the_shell(session, command):
    result = session.shell(command)
    assert (result.status, result.stderr, bool(result.stdout)) == ("ok", "", True)


def test_shared_values_and_a_process_executor(run):
    code = """
import concurrent.futures, multiprocessing
total, values = multiprocessing.Value('i', 0), multiprocessing.Array('d', [1.5, 2.5])
def add():
    for _ in range(100):
        with total.get_lock():
            total.value += 1
workers = [multiprocessing.Process(target=add) for _ in range(3)]
[worker.start() for worker in workers]; [worker.join() for worker in workers]
print(total.value, values[:])
with concurrent.futures.ProcessPoolExecutor(2) as pool:
    print(list(pool.map(abs, [-1, 2])))
"""
    assert run(code) == "300 [1.5, 2.5]\n[1, 2]\n"
