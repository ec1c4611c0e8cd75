"""What an exported chat looks like in JSON, and how unvouched JSON becomes a chat again."""
