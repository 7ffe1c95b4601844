//! Bodies that flow slowly, stand still or are refused half-way.

use super::*;

/// A server that reads and writes raw bytes: the first connection is handed to `serve` once it asked for an upload.
fn raw<F>(serve: impl FnOnce(tokio::net::TcpStream) -> F + Send + 'static) -> (u16, tokio::task::JoinHandle<()>)
where
    F: Future<Output = ()> + Send,
{
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    // Small, so that the sender cannot leave everything with the kernel.
    socket.set_recv_buffer_size(64 << 10).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        let answer = b"HTTP/1.1 202 Accepted\r\nlocation: /u/1\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        serve(stream).await;
    });
    (port, task)
}

/// 24 MiB, more than a connection takes without being read.
fn huge() -> Source {
    Source::known((0..96u8).map(|at| Bytes::from(vec![at; 256 << 10])).collect())
}

fn impatient(port: u16) -> RegistryStore {
    let options = ClientOptions { idle_timeout: Duration::from_millis(400), ..options() };
    Client::new(options, keychain(None), Arc::new(Unobserved))
        .repository(repository(&format!("127.0.0.1:{port}/org/app")), Access::Push)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_flows_slowly_is_not_cut() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (port, task) = raw(async |mut stream: tokio::net::TcpStream| {
        let (mut left, mut buffer) = (24 << 20, vec![0; 128 << 10]);
        while left > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            left -= stream.read(&mut buffer).await.unwrap().min(left);
        }
        stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    });
    let begin = std::time::Instant::now();
    impatient(port).write_blob(&huge()).await.unwrap();
    assert!(begin.elapsed() > Duration::from_millis(800), "{:?}", begin.elapsed());
    task.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_stands_still_is_given_up() {
    let (port, task) = raw(async |_stream| std::future::pending().await);
    let error = impatient(port).write_blob(&huge()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)) && error.to_string().contains("no byte"), "{error:?}");
    task.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_in_the_middle_of_a_body_is_heard() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (port, task) = raw(async |mut stream: tokio::net::TcpStream| {
        let mut buffer = vec![0; 128 << 10];
        let _ = stream.read(&mut buffer).await.unwrap();
        let answer = b"HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        // As nginx does: go on reading for a while, so that the answer is not lost.
        while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
    });
    let error = impatient(port).write_blob(&huge()).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied(_)), "{error:?}");
    task.abort();
}
