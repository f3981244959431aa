import './shared.css';
